package dev.capstan.ingest.fetch.web;

import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Which addresses may be asked: the public internet, and what is allowed by configuration. Refused are the blocks of the
 * IANA special-purpose registries (RFC 6890 and its updates), multicast, and the addresses at which clouds answer
 * with an instance's credentials. Of IPv6 only 2000::/3 is public; within it the blocks that embed or tunnel IPv4 are
 * refused too. An IPv4 address inside an IPv6 one (mapped, NAT64) is judged as IPv4. Immutable.
 */
public final class AddressPolicy {
    private static final List<AddressRange> REFUSED = Stream.of(
                    "0.0.0.0/8", // this network
                    "10.0.0.0/8", // private
                    "100.64.0.0/10", // shared by carriers (CGNAT); Alibaba's metadata
                    "127.0.0.0/8", // loopback
                    "168.63.129.16", // Azure's host agent, on a public address
                    "169.254.0.0/16", // link-local; metadata of most clouds
                    "172.16.0.0/12", // private
                    "192.0.0.0/24", // protocol assignments; Oracle's metadata
                    "192.0.2.0/24", // documentation
                    "192.88.99.0/24", // 6to4 relays
                    "192.168.0.0/16", // private
                    "198.18.0.0/15", // benchmarks
                    "198.51.100.0/24", // documentation
                    "203.0.113.0/24", // documentation
                    "224.0.0.0/4", // multicast
                    "240.0.0.0/4", // reserved; broadcast
                    "2001::/23", // protocol assignments, Teredo
                    "2001:db8::/32", // documentation
                    "2002::/16", // 6to4
                    "3fff::/20") // documentation
            .map(AddressRange::parse)
            .toList();

    private static final AddressRange PUBLIC_IPV6 = AddressRange.parse("2000::/3");
    private static final AddressRange NAT64 = AddressRange.parse("64:ff9b::/96");
    private static final int IPV6_BYTES = 16;
    private static final int IPV4_AT = 12;

    private final List<AddressRange> allowed;

    /** @param allowed blocks that may be asked although they are not public */
    public AddressPolicy(List<AddressRange> allowed) {
        this.allowed = List.copyOf(allowed);
    }

    /** The block for which the address is refused, or empty if it may be asked. */
    public Optional<String> refusal(InetAddress address) {
        return refusal(unmapped(address.getAddress()));
    }

    private Optional<String> refusal(byte[] address) {
        boolean explicit = allowed.stream().anyMatch(range -> range.contains(address));
        if (explicit && NAT64.contains(address)) {
            return refusal(Arrays.copyOfRange(address, IPV4_AT, IPV6_BYTES));
        }
        if (explicit) {
            return Optional.empty();
        }
        if (address.length == IPV6_BYTES && !PUBLIC_IPV6.contains(address)) {
            return Optional.of("not in " + PUBLIC_IPV6);
        }
        return REFUSED.stream()
                .filter(range -> range.contains(address))
                .findFirst()
                .map(range -> "in " + range);
    }

    /** ::ffff:a.b.c.d is a.b.c.d. */
    private static byte[] unmapped(byte[] address) {
        if (address.length != IPV6_BYTES || address[10] != -1 || address[11] != -1) {
            return address;
        }
        for (int index = 0; index < 10; index++) {
            if (address[index] != 0) {
                return address;
            }
        }
        return Arrays.copyOfRange(address, IPV4_AT, IPV6_BYTES);
    }
}
