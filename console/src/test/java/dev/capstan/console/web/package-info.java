/** Tests of the page over HTTP. */
package dev.capstan.console.web;
