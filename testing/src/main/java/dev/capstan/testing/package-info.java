@NullMarked
package dev.capstan.testing;

import org.jspecify.annotations.NullMarked;
