/** What must not be shown or learnt from any more, as every reader of pairs knows it. */
@NullMarked
package dev.capstan.platform.takedowns;

import org.jspecify.annotations.NullMarked;
