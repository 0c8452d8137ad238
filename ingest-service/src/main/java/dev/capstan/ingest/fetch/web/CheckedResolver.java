package dev.capstan.ingest.fetch.web;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import org.apache.hc.client5.http.DnsResolver;

/**
 * The only way by which the client comes to an address: each new connection is opened to what this answers, at once and
 * without a second question, so that a name server that changes its answer in between (DNS rebinding) gains nothing.
 * A name with one forbidden address among several is refused as a whole. Literal addresses take the same way.
 */
final class CheckedResolver implements DnsResolver {
    private final NameLookup lookup;
    private final AddressPolicy policy;

    CheckedResolver(NameLookup lookup, AddressPolicy policy) {
        this.lookup = lookup;
        this.policy = policy;
    }

    @Override
    public InetAddress[] resolve(String host) throws UnknownHostException {
        InetAddress[] addresses = lookup.addresses(host);
        for (InetAddress address : addresses) {
            Optional<String> refusal = policy.refusal(address);
            if (refusal.isPresent()) {
                throw new ForbiddenAddressException(host, address, refusal.get());
            }
        }
        return addresses;
    }

    @Override
    public String resolveCanonicalHostname(String host) {
        return host;
    }
}
