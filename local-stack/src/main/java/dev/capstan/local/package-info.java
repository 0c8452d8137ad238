@NullMarked
package dev.capstan.local;

import org.jspecify.annotations.NullMarked;
