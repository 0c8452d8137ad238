package dev.capstan.ingest.fetch.web;

import java.net.InetAddress;
import java.net.UnknownHostException;

/** A name resolves to an address that must not be asked. */
final class ForbiddenAddressException extends UnknownHostException {
    private static final long serialVersionUID = 1L;

    ForbiddenAddressException(String host, InetAddress address, String range) {
        super(host + " resolves to " + address.getHostAddress() + ", which is " + range
                + " and not allowed by fetch.allowed-addresses");
    }
}
