/** What features are worth: linear classifiers on top of a frozen encoder. No tensors. */
@NullMarked
package dev.capstan.model.probe;

import org.jspecify.annotations.NullMarked;
