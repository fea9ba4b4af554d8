package Grip::Metrics;

# The metrics of nginx, read from its page:
#
#     my $metrics = Grip::Metrics::read($nginx, $port);
#     is($metrics->{'grip_events_total{type="TEXT"}'}, 2);
#
# Values that are 0 are left out, and the labels in drop().

use strict;
use warnings;

use Grip::Nginx;

sub page {
    my ($nginx, $port, @headers) = @_;

    return ($nginx->requests($port, join "\r\n", 'GET /metrics HTTP/1.1',
        'Host: localhost', 'Connection: close', @headers, '', ''))[0];
}

sub read {
    my ($nginx, $port, @drop) = @_;
    my %values;

    for (split /\n/, Grip::Nginx::body(page($nginx, $port)) // '') {
        next if /^#/;

        my ($name, $value) = /^(.*) (\S+)$/ or die "no metric: $_\n";

        $name =~ s/([{,])$_="(?:[^"\\]|\\.)*",?/$1/ for @drop;
        $name =~ s/,\}/}/;
        $name =~ s/\{\}//;
        $values{$name} += $value if $value != 0;
    }

    return \%values;
}

1;
