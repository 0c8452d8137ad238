/** Scores curated pairs by the live model on their way to training, and refuses those whose text does not fit. */
@NullMarked
package dev.capstan.inference.score;

import org.jspecify.annotations.NullMarked;
