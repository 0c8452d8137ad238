package dev.capstan.local.webdataset;

import java.io.IOException;

/** A compressed file unpacks to more than honest content does. */
public final class CompressionRatioException extends IOException {
    CompressionRatioException(String message) {
        super(message);
    }
}
