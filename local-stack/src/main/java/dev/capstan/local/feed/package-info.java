/** Feeds files of this machine into {@code pairs.crawled}. */
@NullMarked
package dev.capstan.local.feed;

import org.jspecify.annotations.NullMarked;
