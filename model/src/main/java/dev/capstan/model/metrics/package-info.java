/** Scores of captions, answers and rankings, equal to the field's reference implementations. No tensors. */
@NullMarked
package dev.capstan.model.metrics;

import org.jspecify.annotations.NullMarked;
