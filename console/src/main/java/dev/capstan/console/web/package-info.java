/** The page over HTTP: who may see it, what it may ask, and the events that keep it live. */
@NullMarked
package dev.capstan.console.web;

import org.jspecify.annotations.NullMarked;
