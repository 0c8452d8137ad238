/** What curation decided, read from the topics: refusals by rule, takedowns, replays under another policy, balance. */
@NullMarked
package dev.capstan.local.curation;

import org.jspecify.annotations.NullMarked;
