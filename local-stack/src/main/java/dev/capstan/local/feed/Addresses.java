package dev.capstan.local.feed;

import dev.capstan.ingest.fetch.web.WebAddress;

/** Makes a result of an address and a text that somebody wrote. */
final class Addresses {
    private Addresses() {}

    static Found of(String url, String text, FeedLimits limits) {
        if (url.isBlank()) {
            return new Found.PassedOver("no-address", "there is no address beside the text " + Utf8.shortened(text));
        }
        if (text.isBlank()) {
            return new Found.PassedOver("no-text", "there is no text beside " + Utf8.shortened(url));
        }
        if (text.length() > limits.textBytes()) {
            return new Found.PassedOver(
                    "text-too-long",
                    "the text beside " + Utf8.shortened(url) + " has " + text.length() + " characters, more than "
                            + limits.textBytes());
        }
        if (WebAddress.read(url) instanceof WebAddress.Unusable unusable) {
            return new Found.PassedOver("address-unusable", unusable.detail());
        }
        return new Found.Address(url.strip(), text);
    }

    /** The key of a located pair: its host, so that one host's addresses lie in one partition. */
    static String key(String url) {
        if (WebAddress.read(url) instanceof WebAddress.Usable usable) {
            return usable.address().host();
        }
        throw new IllegalArgumentException("no address: " + url);
    }
}
