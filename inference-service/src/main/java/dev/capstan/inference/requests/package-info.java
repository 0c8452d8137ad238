@NullMarked
package dev.capstan.inference.requests;

import org.jspecify.annotations.NullMarked;
