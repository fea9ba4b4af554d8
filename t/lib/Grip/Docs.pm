package Grip::Docs;

# README.md and docs/*.md, taken apart for the tests that keep them true.

use strict;
use warnings;


sub files {
    return grep { -f } 'README.md', sort glob 'docs/*.md';
}


sub text {
    my ($file) = @_;

    open my $in, '<', $file or die "$file: $!\n";
    local $/;

    return <$in>;
}


# blocks(file): what stands between ``` lines, as { line, kind, args, text };
# kind and args are the words behind the opening ones

sub blocks {
    my ($file) = @_;
    my ($number, $block, @blocks) = (0);

    for my $line (split /^/, text($file)) {
        $number++;

        if ($line !~ /^```(.*)/) {
            $block->{text} .= $line if $block;

        } elsif ($block) {
            push @blocks, $block;
            undef $block;

        } else {
            my ($kind, @args) = split ' ', $1;
            $block = { file => $file, line => $number, kind => $kind // '',
                       args => \@args, text => '' };
        }
    }

    die "$file:$block->{line}: this block has no end\n" if $block;

    return @blocks;
}


# sections(file): the headings, as { line, level, title, anchor, text }; the
# text reaches to the next heading of any level

sub sections {
    my ($file) = @_;
    my ($number, $quoted, %seen, @sections) = (0, 0);

    for my $line (split /^/, text($file)) {
        $number++;
        $quoted = !$quoted if $line =~ /^```/;

        if (!$quoted && $line =~ /^(#+) (.*\S)/) {
            push @sections, { line => $number, level => length $1,
                              title => $2, anchor => anchor($2, \%seen),
                              text => '' };

        } elsif (@sections) {
            $sections[-1]{text} .= $line;
        }
    }

    return @sections;
}


# where a link to a heading points, as forges make it

sub anchor {
    my ($title, $seen) = @_;

    $title = lc $title;
    $title =~ s/[^\w\- ]//g;
    $title =~ tr/ /-/;

    my $n = $seen->{$title}++;

    return $n ? "$title-$n" : $title;
}


1;
