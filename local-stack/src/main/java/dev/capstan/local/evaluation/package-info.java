/** Measures a model on pictures with texts. */
@NullMarked
package dev.capstan.local.evaluation;

import org.jspecify.annotations.NullMarked;
