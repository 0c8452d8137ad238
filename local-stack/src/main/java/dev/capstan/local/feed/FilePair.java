package dev.capstan.local.feed;

import java.nio.file.Path;
import java.util.Optional;

/**
 * A picture file and its text.
 *
 * @param image the file
 * @param text the text beside it
 * @param sourceUrl where it came from, if anybody said
 */
public record FilePair(Path image, String text, Optional<String> sourceUrl) {}
