@NullMarked
package dev.capstan.model.probe;

import org.jspecify.annotations.NullMarked;
