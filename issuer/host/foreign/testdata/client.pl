#!/usr/bin/perl
# A terminal in a few lines: it builds its messages and reads the answers by itself,
# from nothing but the tables of docs/messages.md.
#
#   client.pl HOST PORT DIALECT FRAMING < values-and-commands
#
# Lines "name value" set pan, expiry, amount, currency, stan, local, utc, terminal,
# merchant, acquirer, sequence and chip (data objects in TLV, hexadecimal). Lines "echo",
# "signon", "purchase", "repeat", "order", "reversal" and "poll" send; each prints one line
# with what came back.
use strict;
use warnings;
use IO::Socket::INET;

my ($host, $port, $dialect, $framing) = @ARGV;
my $tpdu = $framing =~ s/\+tpdu$//;
my $line = IO::Socket::INET->new(PeerAddr => $host, PeerPort => $port, Proto => 'tcp', Timeout => 10) or die "connect: $!\n";
binmode $line;
$| = 1;

# Code page 1047 for what is used here.
my %ebcdic = (' ' => 0x40, '=' => 0x7E, '\\' => 0xE0);
@ebcdic{'0' .. '9'} = (0xF0 .. 0xF9);
@ebcdic{'A' .. 'I'} = (0xC1 .. 0xC9);
@ebcdic{'J' .. 'R'} = (0xD1 .. 0xD9);
@ebcdic{'S' .. 'Z'} = (0xE2 .. 0xE9);
my %ascii = map { $ebcdic{$_} => $_ } keys %ebcdic;

sub from_text {
    return $_[0] unless $dialect eq 'agns93';
    return join '', map { chr($ebcdic{$_} // die "no EBCDIC for $_\n") } split //, $_[0];
}

sub to_text {
    return $_[0] unless $dialect eq 'agns93';
    return join '', map { $ascii{ord $_} // '?' } split //, $_[0];
}

sub from_digits {
    my ($d) = @_;
    return from_text($d) unless $dialect eq 'iso93';
    return pack 'H*', length($d) % 2 ? "0$d" : $d;
}

sub from_bytes { return $dialect eq 'iso87' ? uc unpack('H*', $_[0]) : $_[0] }

# Elements: format, digits of the length before it, length.
my %element = (
    2 => ['n', 2, 19], 3 => ['n', 0, 6], 4 => ['n', 0, 12], 7 => ['n', 0, 10], 11 => ['n', 0, 6], 12 => ['n', 0, 12], 14 => ['n', 0, 4],
    22 => ['a', 0, 12], 23 => ['n', 0, 3], 24 => ['n', 0, 3], 25 => ['n', 0, 4], 32 => ['n', 2, 11], 33 => ['n', 2, 11], 37 => ['a', 0, 12], 38 => ['a', 0, 6],
    39 => ['n', 0, 3], 41 => ['a', 0, 8], 42 => ['a', 0, 15], 49 => ['a', 0, 3], 55 => ['b', 3, 255], 56 => ['n', 2, 35],
);
if ($dialect eq 'iso87') {
    my %of1987 = (12 => ['n', 0, 6], 13 => ['n', 0, 4], 22 => ['n', 0, 3], 25 => ['n', 0, 2], 39 => ['a', 0, 2], 70 => ['n', 0, 3], 90 => ['n', 0, 42]);
    delete @element{24, 56};
    @element{keys %of1987} = values %of1987;
}

sub bitmap {
    my @bits = (0) x 128;
    $bits[$_ - 1] = 1 for @_;
    my $many = grep { $_ > 64 } @_;
    $bits[0] = 1 if $many;
    return from_bytes(pack 'B*', join '', @bits[0 .. ($many ? 127 : 63)]);
}

sub message {
    my ($mti, %value) = @_;
    my $m = from_digits($mti) . bitmap(keys %value);
    for my $n (sort { $a <=> $b } keys %value) {
        my ($format, $prefix) = @{$element{$n} // die "no element $n\n"};
        my $v = $value{$n};
        my $encoded = $format eq 'n' ? from_digits($v) : $format eq 'a' ? from_text($v) : from_bytes($v);
        my $length = $format eq 'b' && $dialect eq 'iso87' ? 2 * length $v : length $v;
        $m .= from_digits(sprintf "%0${prefix}d", $length) if $prefix;
        $m .= $encoded;
    }
    return $m;
}

sub frame {
    my ($m) = @_;
    $m = pack('H*', '6000011234') . $m if $tpdu;
    my $n = length $m;
    return pack('n', $n) . $m if $framing eq 'binary';
    return pack('n', $n + 2) . $m if $framing eq 'binary-inclusive';
    return sprintf('%04d', $n) . $m if $framing eq 'ascii';
    return pack('H4', sprintf '%04d', $n) . $m if $framing eq 'bcd';
    die "no framing $framing\n";
}

sub take {
    my ($n) = @_;
    my $b = '';
    while (length $b < $n) {
        my $got = sysread $line, $b, $n - length $b, length $b;
        die "line is down\n" unless $got;
    }
    return $b;
}

sub receive {
    my $head = take($framing eq 'ascii' ? 4 : 2);
    my $n = $framing eq 'ascii' ? $head : $framing eq 'bcd' ? unpack('H4', $head) : unpack('n', $head);
    return '' if $framing eq 'binary-inclusive' && $n == 0;
    $n -= 2 if $framing eq 'binary-inclusive';
    my $m = take($n);
    if ($tpdu) {
        my $back = unpack 'H*', substr $m, 0, 5, '';
        die "TPDU $back\n" unless $back eq '6012340001';
    }
    return $m;
}

# Reading an answer.
my $rest;

sub cut { return substr $rest, 0, $_[0], '' }

sub cut_digits {
    my ($n) = @_;
    return to_text(cut($n)) unless $dialect eq 'iso93';
    return substr unpack('H*', cut(int(($n + 1) / 2))), -$n;
}

sub cut_bytes { return $dialect eq 'iso87' ? pack 'H*', cut(2 * $_[0]) : cut($_[0]) }

sub parse {
    ($rest) = @_;
    my %value = (0 => cut_digits(4));
    my $bits = unpack 'B*', cut_bytes(8);
    $bits .= unpack 'B*', cut_bytes(8) if $bits =~ /^1/;
    for my $n (2 .. length $bits) {
        next unless substr $bits, $n - 1, 1;
        my ($format, $prefix, $length) = @{$element{$n} // die "answer has element $n\n"};
        $length = cut_digits($prefix) if $prefix;
        $length /= 2 if $format eq 'b' && $dialect eq 'iso87' && $prefix;
        $value{$n} = $format eq 'n' ? cut_digits($length) : $format eq 'a' ? to_text(cut($length)) : cut_bytes($length);
    }
    die "bytes behind the answer\n" if length $rest;
    return %value;
}

# Chip data: TLV, and the positional form of agns93.
sub objects {
    my ($b) = @_;
    my @objects;
    while (length $b) {
        my $tag = substr $b, 0, 1, '';
        $tag .= substr $b, 0, 1, '' if (ord($tag) & 0x1F) == 0x1F;
        my $n = ord substr $b, 0, 1, '';
        $n = ord substr $b, 0, 1, '' if $n == 0x81;
        push @objects, [uc unpack('H*', $tag), substr $b, 0, $n, ''];
    }
    return @objects;
}

sub request_chip {
    my ($tlv) = @_;
    return $tlv unless $dialect eq 'agns93';
    my %o = map { $_->[0] => $_->[1] } objects($tlv);
    my $iad = $o{'9F10'};
    return pack('H*', 'C1C7D5E20001') . $o{'9F26'} . chr(length $iad) . $iad
        . join '', map { $o{$_} // die "no $_\n" } qw(9F37 9F36 95 9A 9C 9F02 5F2A 9F1A 82 9F03 5F34 9F27);
}

sub answer_chip {
    my ($b) = @_;
    return '' unless defined $b;
    my %o = (91 => '', 72 => '');
    if ($dialect eq 'agns93') {
        die "no AGNS\n" unless substr($b, 0, 6, '') eq pack 'H*', 'C1C7D5E20001';
        $o{91} = substr $b, 1, ord $b;
        my $scripts = substr $b, 1 + ord $b;
        $o{72} = substr $scripts, 1, ord $scripts;
        die "bytes behind the scripts\n" if length $scripts != 1 + ord $scripts;
    } else {
        for (objects($b)) {
            $o{91} = $_->[1] if $_->[0] eq '91';
            $o{72} .= pack('H2C', '72', length $_->[1]) . $_->[1] if $_->[0] eq '72';
        }
    }
    return sprintf ' arpc=%s scripts=%s', map { uc unpack 'H*', $_ } @o{91, 72};
}

# What is said.
my %v = (sequence => '000', acquirer => '12345', merchant => 'MERCHANT1');
my %mti = $dialect eq 'iso87'
    ? (purchase => '0100', order => '0100', repeat => '0101', reversal => '0420', echo => '0800', signon => '0800')
    : (purchase => '1100', order => '1100', repeat => '1101', reversal => '1420', echo => '1804', signon => '1804');
my $sent; # time of sending of the last purchase

sub head {
    my %e = (7 => $v{utc}, 11 => $v{stan}, 12 => $v{local}, 32 => $v{acquirer}, 41 => $v{terminal}, 42 => sprintf '%-15s', $v{merchant});
    ($e{12}, $e{13}) = (substr($v{local}, 6), substr $v{local}, 2, 4) if $dialect eq 'iso87';
    return %e;
}

sub payment {
    my ($present) = @_;
    my %e = (head(), 2 => $v{pan}, 3 => '000000', 4 => sprintf('%012d', $v{amount}), 14 => $v{expiry}, 23 => $v{sequence}, 49 => $v{currency});
    if ($dialect eq 'iso87') {
        @e{22, 25} = $present ? ('051', '00') : ('012', '59');
    } else {
        @e{22, 24} = ($present ? '510101511344' : '100050100110', '100');
    }
    $e{55} = request_chip(pack 'H*', $v{chip}) if $present;
    return %e;
}

sub reversal {
    my %e = payment(1);
    delete @e{22, 55};
    $e{11} = sprintf '%06d', $v{stan} + 500000;
    if ($dialect eq 'iso87') {
        delete $e{25};
        $e{39} = '68';
        $e{90} = '0100' . $v{stan} . $sent . sprintf('%011d', $v{acquirer}) . '0' x 11;
    } else {
        @e{24, 25} = ('400', '4021');
        $e{56} = '1100' . $v{stan} . $v{local} . sprintf('%02d', length $v{acquirer}) . $v{acquirer};
    }
    return %e;
}

sub network {
    my ($code, $old) = @_;
    my %e = head();
    $e{$dialect eq 'iso87' ? 70 : 24} = $dialect eq 'iso87' ? $old : $code;
    return %e;
}

my %elements = (
    purchase => sub { $sent = $v{utc}; payment(1) }, repeat => sub { payment(1) }, order => sub { payment(0) },
    reversal => \&reversal, echo => sub { network('831', '301') }, signon => sub { network('801', '001') },
);

while (my $input = <STDIN>) {
    chomp $input;
    my ($name, $value) = split / /, $input, 2;
    if (defined $value) {
        $v{$name} = $value;
        next;
    }
    if ($name eq 'poll') {
        syswrite $line, "\0\0";
        print receive() eq '' ? "poll\n" : "no poll\n";
        next;
    }
    syswrite $line, frame(message($mti{$name}, $elements{$name}->()));
    my %a = parse(receive());
    printf "%s %s stan=%s code=%s approval=%s%s\n", $name, $a{0}, $a{11}, $a{39}, $a{38} // '-', answer_chip($a{55});
}
