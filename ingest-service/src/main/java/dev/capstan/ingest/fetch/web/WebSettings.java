package dev.capstan.ingest.fetch.web;

import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * How requests are made, and what is taken.
 *
 * @param userAgent sent with each request; should name a page that says who fetches and how to object
 * @param robotName the name by which sites address us in X-Robots-Tag, lower case
 * @param robotsTags directives of X-Robots-Tag that keep an image out, lower case; where honour-robots is false none does, and robots-tags must
 *     not be given ({@code honour-robots})
 * @param allowedAddresses blocks that may be asked although they are not public
 * @param connectTimeout until a connection is open
 * @param requestTimeout until the last byte of a response; redirects have a request each
 * @param maxBytes largest body ({@code max-bytes})
 * @param maxRedirects redirects that are followed for one pair
 * @param resolverThreads names that are looked up at once
 * @param maxConnections connections at once, those that idle included
 * @param connectionsPerHost connections to one host at once
 */
public record WebSettings(
        String userAgent,
        String robotName,
        Set<String> robotsTags,
        List<AddressRange> allowedAddresses,
        Duration connectTimeout,
        Duration requestTimeout,
        int maxBytes,
        int maxRedirects,
        int resolverThreads,
        int maxConnections,
        int connectionsPerHost) {
    public WebSettings {
        robotsTags = Set.copyOf(robotsTags);
        allowedAddresses = List.copyOf(allowedAddresses);
    }
}
