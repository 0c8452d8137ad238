package dev.capstan.ingest.fetch.web;

import java.net.InetAddress;
import java.net.UnknownHostException;

/** Asks for the addresses of a name. May block. Called from several threads. */
@FunctionalInterface
public interface NameLookup {

    /** The platform's, which keeps answers for the time that its security properties say. */
    NameLookup SYSTEM = InetAddress::getAllByName;

    /** @throws UnknownHostException if there are none */
    InetAddress[] addresses(String host) throws UnknownHostException;
}
