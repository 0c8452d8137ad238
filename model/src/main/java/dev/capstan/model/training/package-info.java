/** The model while it learns: steps, optimiser, losses, held-out scores. */
@NullMarked
package dev.capstan.model.training;

import org.jspecify.annotations.NullMarked;
