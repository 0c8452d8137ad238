@NullMarked
package dev.capstan.model;

import org.jspecify.annotations.NullMarked;
