/** Asks for labels and captions over the request topics, and matches the answers. */
@NullMarked
package dev.capstan.local.requests;

import org.jspecify.annotations.NullMarked;
