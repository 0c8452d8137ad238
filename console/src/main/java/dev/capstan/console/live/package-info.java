/** What the page shows, followed from the topics into bounded buffers. */
@NullMarked
package dev.capstan.console.live;

import org.jspecify.annotations.NullMarked;
