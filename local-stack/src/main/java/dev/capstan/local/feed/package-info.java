/** Feeds: pairs out of files, directories and archives, into {@code pairs.crawled} and {@code pairs.located}. */
@NullMarked
package dev.capstan.local.feed;

import org.jspecify.annotations.NullMarked;
