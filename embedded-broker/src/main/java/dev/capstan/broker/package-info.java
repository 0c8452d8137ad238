@NullMarked
package dev.capstan.broker;

import org.jspecify.annotations.NullMarked;
