@NullMarked
package dev.capstan.model.network;

import org.jspecify.annotations.NullMarked;
