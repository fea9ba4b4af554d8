#!/usr/bin/env perl

# The rules of style that can be measured, and texts that must not be in the
# repository.

use strict;
use warnings;

use Test::More;

my @files = tracked();
my @code = grep { m{\.[ch]$} } @files;


sub tracked {
    my @names = split /\0/, `git ls-files -z --cached --others \\
                             --exclude-standard 2>/dev/null`;

    @names = split /\0/, `find . -name .git -prune -o -name build -prune -o \\
                          -name node_modules -prune -o -type f -print0`
        if !@names;

    s{^\./}{} for @names;

    return grep { -f && -T && !m{^t/corpus/} } @names;
}


sub text {
    my ($file) = @_;

    open my $in, '<:encoding(UTF-8)', $file or die "$file: $!";
    local $/;

    return <$in>;
}


# each line of the files that the test finds fault with

sub lines {
    my ($name, $files, $test) = @_;
    my @found;

    for my $file (@$files) {
        my $number = 0;

        for (split /\n/, text($file), -1) {
            $number++;
            push @found, "$file:$number" if $test->();
        }
    }

    report($name, @found);
}


sub report {
    my ($name, @found) = @_;

    ok(!@found, $name) or diag(map { "    $_\n" } @found);
}


# from the brace in the first column to the one that closes it

sub functions {
    my (@found, $name, $start);

    for my $file (@code) {
        my ($number, $previous) = (0, '');

        for (split /\n/, text($file)) {
            $number++;
            $name = $1 if /^(\w+)\(/;
            $start = $number if $_ eq '{';

            if ($_ eq '}' && $start) {
                my $length = $number - $start + 1;

                push @found, "$file:$start $name() has $length lines"
                    if $length > 80;

                undef $start;
            }
        }
    }

    return @found;
}


sub too_long {
    return map { my $n = () = text($_) =~ /\n/g;
                 $n > 600 ? "$_ has $n lines" : () }
               grep { m{^ngx_faas_grip/} } @code;
}


# of the module's headers, those that follow each other

sub out_of_order {
    my @found;

    for my $file (@code) {
        my $last = '';

        for (split /\n/, text($file)) {
            my $header = m{^#include "((?:\w+/)?ngx_\w*grip.*)"} ? $1 : '';

            push @found, "$file: $header" if $header && $header lt $last;
            $last = $header;
        }
    }

    return @found;
}


# what is read as text: pages without their examples and headings, and comments;
# line for line

sub prose {
    my ($file) = @_;
    my $text = text($file);
    my $blank = sub { $_[0] =~ tr/\n//cdr };

    if ($file =~ /\.md$/) {
        $text =~ s/^(```.*?^```)$/$blank->($1)/gmse;
        return $text =~ s/^#.*//gmr;
    }

    if ($file =~ /\.[ch]$/) {
        $text =~ s{\G(.*?)(/\*.*?\*/|\z)}{$blank->($1) . $2}gse;
        return $text =~ s{^\s*/?\*}{}gmr;
    }

    my $sign = $file =~ m{\.js$|/e2e/.*\.t$} ? '//' : '#';

    return $text =~ s{^(?:[ \t]*$sign)?(.*)}{$& eq $1 ? '' : $1}gmer;
}


# "What is held is not cached": sentences whose subject is a clause, or that are
# nothing but one; not questions, and not words that are quoted or linked

sub clauses {
    my @found;

    for my $file (grep { !m{^LICENSE$} } @files) {
        my $text = prose($file);

        while ($text =~ /(?<![\w`"'\[<>=])
                         (?:What|Who|Whoever|Whatever|Whichever|Whose)\s
                         (?:[^.?!|\n]|\.(?=\S)|\n(?!\n))*+(?!\?)/xg)
        {
            my $line = 1 + (substr($text, 0, $-[0]) =~ tr/\n//);

            push @found, "$file:$line";
        }
    }

    return @found;
}


cmp_ok(scalar @code, '>', 20, 'there is code to look at');

lines('no line of code is longer than 80 columns', \@code,
      sub { length > 80 });
lines('no tabs in code', \@code, sub { /\t/ });
lines('no trailing blanks, but in the data of tests',
      [grep { !m{^t/(?!e2e|lint)(?:\w+/)?\w+\.t$} } @files], sub { /[ \t]$/ });
lines('no // comments', \@code, sub { m{(?:^|[\s;{}])//} });
report('no function is longer than 80 lines', functions());
report('no file of code is longer than 600 lines', too_long());
report('headers of the module are included in order', out_of_order());
report('each file ends with one newline',
       grep { -s && text($_) !~ /[^\n]\n\z/ } @files);

report('no sentence has a clause with "What" or "Who" as its subject', clauses());

lines('pages do not speak of us', [grep { m{^(?:[A-Z]+|docs/[\w-]+)\.md$}
                                          && !m{internals|testing|conformance} }
                                   @files],
      sub { /\b(?:we|us|our|ours|ourselves)\b(?!;)/i });

my @copyright = grep { text($_) !~ /Copyright \(C\) the ngx_faas_grip authors/ }
                @code;
report('each file of code names its authors', @copyright);

# written so that this file does not find itself

my $elsewhere = join '|', '/work' . '/', '/tmp/' . 'brief', '/tmp/' . 'src',
                          'registry\.' . 'npmjs', 'deb\.' . 'debian',
                          '/home' . '/\w';

lines('no path or host of one machine', \@files, sub { /$elsewhere/ });

done_testing();
