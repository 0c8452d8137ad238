@NullMarked
package dev.capstan.model.pretrained;

import org.jspecify.annotations.NullMarked;
