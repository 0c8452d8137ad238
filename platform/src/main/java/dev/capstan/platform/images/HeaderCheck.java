package dev.capstan.platform.images;

import java.util.Optional;

/** A caller's own condition on an image, asked after the header is read and before any pixel is. */
@FunctionalInterface
public interface HeaderCheck {

    HeaderCheck NONE = header -> Optional.empty();

    /** Why an image of these dimensions is not wanted, or empty. */
    Optional<DecodeResult.Refused> check(ImageHeader header);
}
