#!/usr/bin/env perl

# The reference and the code say the same: each directive, action and
# variable of the tables in ngx_faas_grip has its section, with the contexts
# and the default that it has in the code, and none else has one.

use strict;
use warnings;

use lib 't/lib';

use Grip::Docs;
use JSON::PP;
use Test::More;

my $code = join '', map { Grip::Docs::text($_) } glob 'ngx_faas_grip/*.[ch] ngx_faas_grip/*/*.[ch]';

my (%directives, %actions);

for my $table ($code =~ /ngx_command_t\s+\w+\[\] = \{(.*?)ngx_null_command/sg) {
    while ($table =~ /\{\s*ngx_string\("(\w+)"\),\s*([A-Z0-9_|\s]+),
                      \s*(\w+),\s*\w+,\s*(.*?),\s*[^,]*?\},/xsg) {
        my ($name, $flags, $set, $field) = ($1, $2, $3, $4);
        my $where = $flags =~ /NGX_HTTP_/ ? \%directives : \%actions;

        $where->{$name} = { flags => $flags, set => $set,
                           field => $field };
    }
}

my %variables = map { $_ => 1 }
                map { s/_$/_NAME/r }
                map { /\{ ngx_string\("(\w+)"\)/g }
                $code =~ /ngx_http_variable_t\s+\w+\[\]\s=\s\{
                          (.*?)ngx_http_null_variable/xsg;

# the versions, of which the last one is that of the package

my @versions = Grip::Docs::text('CHANGELOG.md') =~ /^## (\S+)$/mg;
my %metrics = map { $_ => 1 }
              $code =~ /ngx_http_grip_metrics_family_t\s+\w+\s=\s\{\s*"(\w+)"/g;
my %sections = map { $_ => [Grip::Docs::sections($_)] } Grip::Docs::files();

cmp_ok(scalar keys %directives, '>', 20, 'there are directives');
cmp_ok(scalar keys %actions, '>', 10, 'there are actions');
cmp_ok(scalar keys %variables, '>', 10, 'there are variables');

compare('docs/directives.md', 'grip_\w+', \%directives, \&directive);
compare('docs/actions.md', '\w+', \%actions, \&action);
purposes();
compare('docs/variables.md', '\$grip_\w+',
        { map { ("\$$_" => 1) } keys %variables });

enums();
answers();
metrics();
names();
links();
references();
house();
versions();

done_testing();


# each section of the third level against what is in the code

sub compare {
    my ($file, $pattern, $known, $check) = @_;
    my @sections = grep { $_->{level} == 3 && $_->{title} =~ /^$pattern$/ }
                   @{ $sections{$file} };
    my @titles = map { $_->{title} } @sections;

    is_deeply([sort @titles], [sort keys %$known],
              "$file has a section for each, once, and for nothing else");

    my ($contents) = Grip::Docs::text($file) =~ /\A(.*?)^## /ms;
    my @contents = grep { /^$pattern$/ } $contents =~ /\[(\S+)\]\(#/g;

    is(join(' ', @contents), join(' ', @titles),
       "$file begins with its contents");

    for my $section (@sections) {
        $check->($file, $section, $known->{$section->{title}})
            if $check && $known->{$section->{title}};
    }
}


# the block that a section begins with

sub block {
    my ($section) = @_;
    my ($block) = $section->{text} =~ /\A\s*```\n(.*?)```/s;

    my %block;
    my $key = '';

    for (split /\n/, $block // '') {
        $key = $1 if s/^(\w+): +//;
        $block{$key} .= ($block{$key} ? ' ' : '') . s/^\s+//r;
    }

    return \%block;
}


# the table of directives: its third column names arguments where the code
# takes variables

sub purposes {
    my ($contents) = Grip::Docs::text('docs/directives.md')
                     =~ /\A(.*?)^## /ms;
    my %rows = map { /^\| \[(grip_\w+)\]\(#\1\) \| (.*?) \| (.*?) \|$/
                     ? ($1 => { purpose => $2, variables => $3 }) : () }
               split /\n/, $contents;
    my %body = map { /^(\w+)\(/ ? ($1 => $_) : () }
               $code =~ /^(\w+\([^;{}]*\)\n\{\n.*?^\})/msg;

    is(join(' ', sort keys %rows), join(' ', sort keys %directives),
       'each directive has a row');
    is(join(' ', sort grep { $rows{$_}{purpose} !~ /^[A-Z].*[^.]$/ } keys %rows),
       '', 'each row has a purpose');

    my @take = grep { takes_variables($directives{$_}{set}, \%body, {}) }
               keys %directives;

    cmp_ok(scalar @take, '>', 10, 'there are directives that take variables');
    is(join(' ', sort grep { $rows{$_}{variables} ne '-' } keys %rows),
       join(' ', sort @take), 'each row says whether variables are taken');
}


# whether a function of the configuration compiles texts, or calls one that does

sub takes_variables {
    my ($name, $body, $seen) = @_;

    return 0 if $seen->{$name}++ || !$body->{$name};
    return 1 if $body->{$name} =~ /\bngx_http_grip_value_compile\(/;

    return scalar grep { takes_variables($_, $body, $seen) }
                  $body->{$name} =~ /\b(ngx_http_grip_\w+)\(/g;
}


sub directive {
    my ($file, $section, $command) = @_;
    my $block = block($section);
    my $name = $section->{title};
    my $flags = $command->{flags};
    my @contexts;

    push @contexts, 'http' if $flags =~ /NGX_HTTP_MAIN_CONF/;
    push @contexts, 'server' if $flags =~ /NGX_HTTP_SRV_CONF/;
    push @contexts, 'location' if $flags =~ /NGX_HTTP_LOC_CONF/;
    push @contexts, 'if in location' if $flags =~ /NGX_HTTP_LIF_CONF/;

    is($block->{Context}, join(', ', @contexts), "$name: Context");
    syntax($name, $block->{Syntax} // '', $flags);

    my ($version) = $section->{text} =~ /\A\s*```\n.*?```\n\n
        This\ directive\ appeared\ in\ version\ (\S+)\.\n\n/xs;

    ok($version && grep({ $_ eq $version } @versions),
       "$name: the version in which it appeared is in CHANGELOG.md");

    my $default = $block->{Default} // '';

    ok($default ne '', "$name: Default");

    # what is said in words is not compared

    if ($default =~ /^$name (.*);$/ || $default =~ /^(-)$/) {
        my $value = default($command->{field}, $flags);

        is($1, $value, "$name: Default is that of the code")
            if defined $value;
    }
}


sub action {
    my ($file, $section, $command) = @_;
    my $block = block($section);

    like($block->{Context}, qr/^grip_on(?: open)?$/,
         "$section->{title}: Context");
    syntax($section->{title}, $block->{Syntax} // '', $command->{flags});
}


sub syntax {
    my ($name, $syntax, $flags) = @_;
    my $least = $flags =~ /NGX_CONF_(?:NOARGS|ANY)/ ? 0
              : $flags =~ /NGX_CONF_(?:TAKE1|TAKE12|TAKE123|1MORE|FLAG)\b/ ? 1
              : $flags =~ /NGX_CONF_(?:TAKE2|TAKE23|2MORE)\b/ ? 2
              : 3;
    my $one = qr/\w+(?:=\S+)?|\$\w+/;
    my $rest = $syntax;

    like($syntax, qr/^$name\b.*[;}]$/, "$name: Syntax");
    is($syntax =~ / \{ \.\.\. \}$/ ? 1 : 0,
       $flags =~ /NGX_CONF_BLOCK/ ? 1 : 0, "$name: Syntax has a block or not");

    like($syntax, qr/ on \| off;$/, "$name: Syntax is that of a flag")
        if $flags =~ /NGX_CONF_FLAG/;

    # what is not optional, with one of each alternatives, and no more

    1 while $rest =~ s/\[[^][]*\]//;

    $rest =~ s/ (?:\||\.\.\.)(?: \w+)?//g;
    $rest =~ s/^$name|;$|\{ .*//g;

    my $n = () = $rest =~ /\S+/g;

    $n = $least if $n < $least && $syntax =~ /\[\w/ && $name =~ /protocols/;

    is($n, $least, "$name: Syntax has as many arguments as are needed");
}


# what the merge of a field gives when nothing is set, as it would be written

sub default {
    my ($field, $flags) = @_;

    my ($name) = $field =~ /offsetof\(\w+,\s*([\w.]+)\)/ or return undef;
    my ($kind, $value) = $code =~ /ngx_conf_merge_(\w+)_value\(conf->\Q$name\E,
                                   \s*prev->\Q$name\E,\s*(.*?)\);/xs
                         or return $code =~ /merge_value\(conf->\Q$name\E,
                                             \s*prev->\Q$name\E,\s*(.*?)\);/xs
                            ? written('flag', $1, $flags) : undef;

    return written($kind, $value, $flags);
}


sub written {
    my ($kind, $value, $flags) = @_;

    return $1 if $value =~ /^NGX_/
                 && $code =~ /\{ ngx_string\("(\w+)"\), \Q$value\E \}/;

    $value =~ s/\b(NGX_HTTP_GRIP_\w+)\b/
                $code =~ m{#define $1\s+(\S+)} ? $1 : $1/ge;

    return '-' if $value eq 'NULL' || $value eq '""';
    return $1 if $value =~ /^"(.*)"$/;

    return join ' ', map { s/^TLSv1_/TLSv1./r }
                     $value =~ /NGX_SSL_(\w+)/g
        if $kind eq 'bitmask';

    return undef if $value !~ /^[\d* ]+$/;

    my $n = eval $value;

    return $n ? 'on' : 'off' if $flags =~ /NGX_CONF_FLAG/;
    return $n % 1000 ? "${n}ms" : $n / 1000 . 's' if $kind eq 'msec';

    if ($kind eq 'size') {
        return 'off' if !$n;
        return $n / 1048576 . 'm' if $n % 1048576 == 0;
        return $n / 1024 . 'k' if $n % 1024 == 0;
    }

    return $n;
}


# words that stand in tables of the code, and where the docs tell of them

sub enums {
    my $directives = Grip::Docs::text('docs/directives.md');
    my $actions = Grip::Docs::text('docs/actions.md');

    my ($on) = grep { $_->{title} eq 'grip_on' }
               @{ $sections{'docs/directives.md'} };
    my ($events) = $on->{text} =~ /^(\| EVENT .*?)^$/ms;

    is(join(' ', sort $events =~ /^\| `(\w+)` \|/mg),
       join(' ', sort { $a cmp $b } words('ngx_grip_ws_names'),
                                    words('ngx_http_grip_rule_groups')),
       'all events and groups of events are documented');

    for my $format (words('ngx_grip_item_formats')) {
        like($actions, qr/`$format`/, "format $format is documented");
    }

    my ($messages) = $code =~ /^ngx_grip_ws_message_named\(.*?\{(.*?)^\}/ms;
    my $types = join '\|', map { lc } $messages =~ /NGX_GRIP_WS_(\w+)/g;

    like($actions, qr/\[type=$types\]/,
         'the types of a keepalive are documented');

    is(join(' ', sort map { /^\| `(\w+)` \|/mg }
                 $directives =~ /^(\| \| no signature.*?)^$/msg),
       join(' ', sort { $a cmp $b } words('ngx_http_grip_verify_modes')),
       'the modes of verification are documented');
}


sub words {
    my ($table) = @_;

    my ($text) = $code =~ /\b$table\[\] = \{(.*?)ngx_null_string/s
        or die "no table $table\n";

    return $text =~ /ngx_string\("([\w-]+)"\)/g;
}


# the actions of a function's JSON answer

sub answers {
    my ($table) = $code
                  =~ /ngx_http_grip_function_actions\[\] = \{(.*?)\{ NULL/s;
    my ($documented) = Grip::Docs::text('docs/functions.md')
                       =~ /^\| Action \| Value \|\n(.*?)^$/ms;
    my @names = map { /`(\w+)`/g } $documented =~ /^\| (.*?) \|/mg;

    is(join(' ', sort @names), join(' ', sort $table =~ /\{ "(\w+)",/g),
       'all actions of JSON answers are documented');
}


# metrics.md has a row for each metric

sub metrics {
    my $text = Grip::Docs::text('docs/metrics.md');

    cmp_ok(scalar keys %metrics, '>', 2, 'there are metrics');
    is_deeply([sort $text =~ /^\| `(grip_\w+)` \|/mg], [sort keys %metrics],
              'each metric has a row');

    dashboard(map { /^\| `(grip_\w+)` \| (.*?) \|/ ? ($1 => $2) : () }
              split /\n/, $text);
}


# grafana.json shows each metric, by labels that it has

sub dashboard {
    my %labels = @_;
    my $panels = decode_json(Grip::Docs::text('docs/grafana.json'))->{panels};
    my (%shown, @wrong);

    for my $target (map { @{ $_->{targets} // [] } } @$panels) {
        my @families = map { s/_(?:bucket|sum|count)$//r }
                       $target->{expr} =~ /\b(grip_\w+)/g;
        my @by = ($target->{legendFormat} =~ /\{\{(\w+)\}\}/g,
                  map { grep { $_ ne 'le' } split /, / }
                  $target->{expr} =~ /\bby \((.*?)\)/g);

        $shown{$_} = 1 for @families;

        for my $label (grep { $_ ne 'instance' } @by) {
            push @wrong, map { "$label of $_" }
                         grep { ($labels{$_} // '') !~ /`$label`/ } @families;
        }
    }

    is_deeply([sort keys %shown], [sort keys %labels],
              'docs/grafana.json shows each metric, and no other');
    is(join(', ', @wrong), '', 'by labels that it has');
}


# nothing is named anywhere that does not exist

sub names {
    for my $file (Grip::Docs::files()) {
        my $text = Grip::Docs::text($file);
        my %unknown;

        $text =~ s/ngx_\w+|\w+\.t\b//g;

        for my $name ($text =~ /(\$?\{?\bgrip_\w+)/g) {
            my $is_variable = $name =~ s/^\$\{?//;

            next if $is_variable ? variable($name)
                                 : $directives{$name} || variable($name)
                                   || $metrics{$name =~ s/_bucket$//r}
                                   || $name =~ /^grip_(?:ssl_)?$/;
            $unknown{$name} = 1;
        }

        is(join(' ', sort keys %unknown), '',
           "$file names no directive or variable that there is not");
    }
}


sub variable {
    my ($name) = @_;

    return $variables{$name}
           || grep { s/NAME$// && $name =~ /^\Q$_\E\w/ }
              map { "$_" } keys %variables;
}


sub links {
    for my $file (Grip::Docs::files()) {
        my ($folder) = $file =~ m{^(.*/)?};
        my @broken;

        for my $link (Grip::Docs::text($file) =~ /\]\(([^)\s]+)\)/g) {
            next if $link =~ /^https?:/;

            my ($path, $anchor) = split /#/, $link, 2;

            $path = $path eq '' ? $file : ($folder // '') . $path;
            1 while $path =~ s{[^/]+/\.\./}{};
            $path =~ s{/$}{/README.md} if $path =~ m{^docs/$};

            next if -e $path
                    && (!defined $anchor
                        || grep { $_->{anchor} eq $anchor }
                           @{ $sections{$path} });

            push @broken, $link;
        }

        is(join(' ', @broken), '', "$file has no broken links");
    }
}


# comments name sections of the protocol by their numbers

sub references {
    my %numbers = map { /^(\d+(?:\.\d+)?)\.? / ? ($1 => 1) : () }
                  map { $_->{title} } @{ $sections{'docs/protocol.md'} };
    my (%named, $comment);

    for $comment ($code =~ m{/\*.*?\*/}sg) {
        for ($comment =~ /\bprotocol ((?:\d[\d.]*(?:, )?)+)/g) {
            $named{s/\.$//r} = 1 for split /, /;
        }
    }

    cmp_ok(scalar keys %named, '>', 5, 'comments name sections');
    is(join(' ', sort grep { !$numbers{$_} } keys %named), '',
       'each section that a comment names is in docs/protocol.md');
}


# internals.md knows each file of each folder, and the functions that it names
# are there

sub house {
    my $text = Grip::Docs::text('docs/internals.md');
    my (%known, $folder);

    for ($text =~ /^\| folder \| file \| what \|\n(.*?)\n\n/ms
         ? split /\n/, $1 : ())
    {
        my ($first, $files) = /^\| (?:([^|]+) )?\| ([^|]+) \|/ or next;

        $folder = $first =~ /^`(\w+)`$/ ? "$1/" : '' if defined $first;
        $known{"$folder$_"} = 1 for $files =~ /`(\w+)`/g;
    }

    my %there = map { m{^ngx_faas_grip/(.*)\.[ch]$} ? ($1 => 1) : () }
                glob 'ngx_faas_grip/*.[ch] ngx_faas_grip/*/*.[ch]';

    is_deeply([sort keys %known], [sort keys %there],
              'internals.md knows each file, in its folder');

    my %named = map { $_ => 1 } $text =~ /`(ngx_(?:http_)?grip_\w+)\(\)`/g;

    is(join(' ', grep { $code !~ /\b$_\(/ } sort keys %named), '',
       'internals.md names functions that there are');
}


# each version is numbered, and the package is of the last one

sub versions {
    is(join(' ', grep { !/^\d+\.\d+\.\d+$/ } @versions), '',
       'CHANGELOG.md is by versions');

    my ($package) = Grip::Docs::text('debian/changelog')
                    =~ /\A\S+ \((\S+)-\d+\)/;

    is(join(' ', $code =~ /#define NGX_HTTP_GRIP_VERSION +"(.*)"/), $versions[0],
       'so is the module');
    is($package, $versions[0], "the package is of CHANGELOG.md's version");
}
