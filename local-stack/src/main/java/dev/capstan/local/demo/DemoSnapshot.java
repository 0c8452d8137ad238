package dev.capstan.local.demo;

import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;

/**
 * Everything that the view shows, at one moment.
 *
 * @param stage what the demo is doing, in words
 * @param streaming how long pairs have been fed
 * @param planned how long they shall be, or zero for no end
 * @param newConcepts what the new concepts are called together
 * @param newConceptsFed whether they are in the stream
 * @param pairsPerSecond the feed's rate
 * @param crawled pairs fed
 * @param curated pairs accepted for training
 * @param heldout pairs held out
 * @param rejected pairs refused
 * @param trained pairs in checkpoints
 * @param step optimiser steps
 * @param contrastiveLoss of the newest recorded step, NaN if there is none
 * @param captionLoss of the newest recorded step, NaN if there is none
 * @param ingestLagSeconds lag of the ingest service
 * @param trainerLagSeconds lag of the trainer, to its last checkpoint
 * @param published newest version
 * @param served version that is served
 * @param publishToServingMillis of the version that is served, where known
 * @param reloads how often a version began to be served
 * @param requests the demo's own requests
 * @param results results of the probes by version
 * @param examples captions of some pictures
 * @param residentMebibytes memory of all processes
 * @param notices what a person should know, the newest last
 */
record DemoSnapshot(
        String stage,
        Duration streaming,
        Duration planned,
        String newConcepts,
        boolean newConceptsFed,
        double pairsPerSecond,
        long crawled,
        long curated,
        long heldout,
        long rejected,
        long trained,
        long step,
        double contrastiveLoss,
        double captionLoss,
        double ingestLagSeconds,
        double trainerLagSeconds,
        OptionalLong published,
        OptionalLong served,
        OptionalLong publishToServingMillis,
        int reloads,
        RequestBoard.Counts requests,
        List<ProbeBoard.Counts> results,
        List<Example> examples,
        long residentMebibytes,
        List<String> notices) {
    DemoSnapshot {
        results = List.copyOf(results);
        examples = List.copyOf(examples);
        notices = List.copyOf(notices);
    }

    /** The first and the newest caption of one picture. */
    record Example(String label, ProbeBoard.Said first, ProbeBoard.Said latest) {}
}
