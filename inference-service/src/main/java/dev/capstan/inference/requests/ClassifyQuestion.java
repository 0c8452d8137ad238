package dev.capstan.inference.requests;

import dev.capstan.inference.labels.LabelTexts;
import java.nio.ByteBuffer;

/**
 * Which labels fit the image?
 *
 * @param texts the labels to choose among, resolved from the request or from its label set
 * @param top how many labels to return; more than there are means all
 */
public record ClassifyQuestion(Origin origin, ByteBuffer image, LabelTexts texts, int top) implements Question {}
