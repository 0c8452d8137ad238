@NullMarked
package dev.capstan.inference.serving;

import org.jspecify.annotations.NullMarked;
