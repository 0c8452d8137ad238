package dev.capstan.inference.loop;

import dev.capstan.inference.requests.Rejection;
import dev.capstan.inference.serving.ServingModel.PreparedImage;

/** What became of the image file of a request. */
sealed interface Picture {
    /** Decoded, and brought into the model's size. */
    record Ready(PreparedImage image) implements Picture {}

    /** Not to be used. */
    record Refused(Rejection rejection) implements Picture {}
}
