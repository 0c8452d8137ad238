@NullMarked
package dev.capstan.inference.loop;

import org.jspecify.annotations.NullMarked;
