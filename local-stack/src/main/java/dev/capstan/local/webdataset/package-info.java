/** Reads webdataset archives, for feeds and for evaluation. */
@NullMarked
package dev.capstan.local.webdataset;

import org.jspecify.annotations.NullMarked;
