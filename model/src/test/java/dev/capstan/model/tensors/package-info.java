@NullMarked
package dev.capstan.model.tensors;

import org.jspecify.annotations.NullMarked;
