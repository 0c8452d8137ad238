@NullMarked
package dev.capstan.platform;

import org.jspecify.annotations.NullMarked;
