package dev.capstan.inference.requests;

import dev.capstan.inference.serving.CaptionSettings;
import java.nio.ByteBuffer;

/** What is to be seen on the image? */
public record CaptionQuestion(Origin origin, ByteBuffer image, CaptionSettings settings) implements Question {}
