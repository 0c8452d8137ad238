@NullMarked
package dev.capstan.model.parity;

import org.jspecify.annotations.NullMarked;
