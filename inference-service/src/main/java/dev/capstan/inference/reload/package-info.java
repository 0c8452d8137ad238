@NullMarked
package dev.capstan.inference.reload;

import org.jspecify.annotations.NullMarked;
