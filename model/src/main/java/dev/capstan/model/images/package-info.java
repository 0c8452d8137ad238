/** Pictures on their way into a model: resizing, cropping, augmentation. Runs off the model thread. */
@NullMarked
package dev.capstan.model.images;

import org.jspecify.annotations.NullMarked;
