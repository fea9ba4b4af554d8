# docs/testing.md names the tests of each directive, action and variable: each
# test that it names exists, and each of them has its row.

use strict;
use warnings;

use lib 't/lib';
use Grip::Docs;
use Test::More;

my $code = join '', map { Grip::Docs::text($_) } glob 'ngx_faas_grip/*.c ngx_faas_grip/*/*.c';
my $text = Grip::Docs::text('docs/testing.md');

my (%directives, %actions);

for my $table ($code =~ /ngx_command_t\s+\w+\[\] = \{(.*?)ngx_null_command/sg)
{
    while ($table =~ /\{ ngx_string\("(\w+)"\),\s*([A-Z0-9_|\s]+),/g) {
        my ($name, $flags) = ($1, $2);

        ($flags =~ /NGX_HTTP_/ ? \%directives : \%actions)->{$name} = 1;
    }
}

my ($table) = $code =~ /ngx_http_variable_t\s+\w+\[\]\s=\s\{
                        (.*?)ngx_http_null_variable/xs;
my %variables = map { ('$' . s/_$/_NAME/r => 1) }
                $table =~ /\{ ngx_string\("(\w+)"\)/g;

cmp_ok(scalar keys %directives, '>', 40, 'there are directives');
cmp_ok(scalar keys %actions, '>', 10, 'there are actions');
cmp_ok(scalar keys %variables, '>', 10, 'there are variables');

compare('directive', \%directives);
compare('action', \%actions);
compare('variable', \%variables);
files();

done_testing();


sub compare {
    my ($what, $known) = @_;
    my ($section) = $text =~ /^## Where each $what is tested\n(.*?)(?=^## |\z)/ms;
    my %rows = map { /^\| `([\w\$]+)` \| (.*) \|$/ ? ($1 => $2) : () }
               split /\n/, $section // '';

    is_deeply([sort keys %rows], [sort keys %$known], "each $what has a row");

    for my $name (sort keys %rows) {
        my ($works, @others) = split / \| /, $rows{$name};

        isnt($works, '–', "$name is tested");
        is(join("\n", map { missing($_) } $works, @others), '',
           "the tests of $name exist");
    }
}


# what a cell names that is not there: "`file.t`: title · title<br>`file.t`"

sub missing {
    my ($cell) = @_;
    my @missing;

    return if $cell eq '–';

    for my $part (split /<br>/, $cell) {
        my ($file, $names) = $part =~ /^`([\w.\/-]+)`(?:: (.+))?$/
            or push @missing, "not understood: $part" and next;

        my %titles = -f "t/$file" ? titles("t/$file")
                                  : (push @missing, "no file $file" and next);

        push @missing, map { "$file: $_" }
                       grep { !$titles{$_} }
                       map { s/\\\|/|/gr } split / · /, $names // '';
    }

    return @missing;
}


sub titles {
    my ($file) = @_;
    my $text = Grip::Docs::text($file);

    return map { $_ => 1 } $text =~ /^=== TEST \d+: (.*?)\s*$/mg,
                           $text =~ /^subtest '(.*)' =>/mg,
                           map { s/'\s*\+\s*'//gr =~ s/\\'/'/gr }
                           $text =~ /^    await test\('(.*?)',\s*async/msg;
}


# every suite is named somewhere

sub files {
    my @unnamed = grep { index($text, "`$_`") < 0 }
                  map { m{^t/(.*)} }
                  grep { !m{^t/(?:e2e|lint)/} } glob 't/*.t t/*/*.t';

    is(join(' ', @unnamed), '', 'each file of t/ and its rooms is named');
}
