/** Tests of what the page shows. */
package dev.capstan.console.live;
