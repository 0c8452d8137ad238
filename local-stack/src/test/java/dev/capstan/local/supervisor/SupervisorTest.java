package dev.capstan.local.supervisor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class SupervisorTest {
    private final FakeProcesses processes = new FakeProcesses();

    @Test
    void shouldStartInOrderAndWaitForHealth() {
        processes.process("broker").process("registry", "broker").process("ingest", "broker", "registry");
        processes.unhealthy.add("registry");
        Supervisor supervisor = processes.supervisor();

        ticks(supervisor, 10);

        assertThat(processes.events).containsExactly("launch broker", "ready broker", "launch registry");
        assertThat(statuses(supervisor)).containsExactly("READY", "STARTING warms up", "WAITING waits for registry");

        processes.unhealthy.clear();
        ticks(supervisor, 10);

        assertThat(processes.events).endsWith("ready registry", "launch ingest", "ready ingest");
        assertThat(supervisor.allReady()).isCompleted();
    }

    @Test
    void shouldStartIndependentProcessesInParallel() {
        processes.process("broker").process("trainer", "broker").process("inference", "broker");
        processes.unhealthy.addAll(List.of("trainer", "inference"));
        Supervisor supervisor = processes.supervisor();

        ticks(supervisor, 5);

        assertThat(processes.events).containsSubsequence("launch trainer", "launch inference");
        assertThat(processes.events).doesNotContain("ready trainer");
    }

    @Test
    void shouldStartAgainWhatDiesAfterAPause() {
        Supervisor supervisor = ready(processes.process("broker").process("trainer", "broker"));

        processes.latest("trainer").end(1);
        ticks(supervisor, 3);
        long launchesBeforeThePause = processes.launches("trainer");
        processes.pass(Duration.ofMillis(1001));
        ticks(supervisor, 4);

        assertThat(launchesBeforeThePause).isEqualTo(1);
        assertThat(processes.launches("trainer")).isEqualTo(2);
        assertThat(processes.launches("broker")).isEqualTo(1);
        assertThat(supervisor.statuses().get(1))
                .returns(ProcessState.READY, ProcessStatus::state)
                .returns(1, ProcessStatus::restarts);
    }

    @Test
    void shouldDoubleThePauseWithEveryRestart() {
        RestartPolicy policy =
                new RestartPolicy(1, 5, Duration.ofMinutes(1), Duration.ofSeconds(1), Duration.ofSeconds(3));

        List<Duration> pauses = List.of(policy.pauseAfter(0), policy.pauseAfter(1), policy.pauseAfter(2));

        assertThat(pauses).containsExactly(Duration.ofSeconds(1), Duration.ofSeconds(2), Duration.ofSeconds(3));
    }

    @Test
    void shouldGiveUpBeyondTheBoundAndStopEverythingElse() {
        Supervisor supervisor = ready(processes.process("broker").process("trainer", "broker"));

        for (int death = 0; death < 3; death++) {
            processes.latest("trainer").end(1);
            ticks(supervisor, 2);
            processes.pass(Duration.ofSeconds(10));
            ticks(supervisor, 4);
        }

        assertThat(processes.launches("trainer")).isEqualTo(3);
        assertThat(processes.events).containsSubsequence("gave up trainer", "terminate broker", "ended broker");
        assertThat(supervisor.stopped())
                .isCompletedExceptionally()
                .failsWithin(Duration.ZERO)
                .withThrowableThat()
                .withMessageContaining("trainer ended with exit status 1 and was started again 2 times")
                .withMessageContaining("trainer.log");
    }

    @Test
    void shouldForgetRestartsThatAreOlderThanTheWindow() {
        Supervisor supervisor = ready(processes.process("trainer"));

        for (int death = 0; death < 6; death++) {
            processes.latest("trainer").end(1);
            ticks(supervisor, 2);
            processes.pass(Duration.ofMinutes(2));
            ticks(supervisor, 4);
        }

        assertThat(supervisor.statuses().get(0))
                .returns(ProcessState.READY, ProcessStatus::state)
                .returns(6, ProcessStatus::restarts);
    }

    @Test
    void shouldGiveUpSoonerOnWhatNeverCameUp() {
        processes.process("registry");
        processes.unhealthy.add("registry");
        Supervisor supervisor = processes.supervisor();
        ticks(supervisor, 2);

        processes.latest("registry").end(1);
        ticks(supervisor, 2);
        processes.pass(Duration.ofSeconds(2));
        ticks(supervisor, 2);
        processes.latest("registry").end(1);
        ticks(supervisor, 2);

        assertThat(processes.launches("registry")).isEqualTo(2);
        assertThat(supervisor.allReady()).isCompletedExceptionally();
    }

    @Test
    void shouldNotStartAgainWhatAnotherOneReplaces() {
        Supervisor supervisor = ready(processes.process("broker").process("trainer", "broker"));

        processes.latest("trainer").end(FakeProcesses.FENCED);
        ticks(supervisor, 2);
        processes.pass(Duration.ofMinutes(10));
        ticks(supervisor, 4);

        assertThat(processes.launches("trainer")).isEqualTo(1);
        assertThat(processes.events).endsWith("died trainer", "left trainer");
        assertThat(statuses(supervisor))
                .containsExactly("READY", "ENDED ended with exit status 3: another one took over");
        assertThat(supervisor.statuses().get(1).pid()).isEmpty();
        assertThat(supervisor.stopped()).isNotDone();
    }

    @Test
    void shouldBeReadyWithoutWhatLeftBeforeItWasReady() {
        processes.process("broker").process("trainer", "broker").process("inference", "broker");
        processes.unhealthy.add("trainer");
        Supervisor supervisor = processes.supervisor();
        ticks(supervisor, 6);
        boolean readyBefore = supervisor.allReady().isDone();

        processes.latest("trainer").end(FakeProcesses.FENCED);
        ticks(supervisor, 2);

        assertThat(readyBefore).isFalse();
        assertThat(supervisor.allReady()).isCompleted();
    }

    @Test
    void shouldStopInOrderAroundWhatHasLeft() {
        Supervisor supervisor =
                ready(processes.process("broker").process("trainer", "broker").process("inference", "broker"));
        processes.latest("trainer").end(FakeProcesses.FENCED);
        ticks(supervisor, 2);
        processes.events.clear();

        supervisor.requestStop();
        ticks(supervisor, 6);

        assertThat(processes.events)
                .containsExactly("terminate inference", "ended inference", "terminate broker", "ended broker");
        assertThat(supervisor.stopped()).isCompleted();
        assertThat(statuses(supervisor).get(1)).startsWith("ENDED ended with exit status 3");
    }

    @Test
    void shouldGiveUpAtOnceWhereAnotherStartCannotHelp() {
        processes.process("broker").process("trainer", "broker");
        processes.unhealthy.add("trainer");
        Supervisor supervisor = processes.supervisor();
        ticks(supervisor, 4);

        processes.latest("trainer").end(FakeProcesses.MISCONFIGURED);
        ticks(supervisor, 6);

        assertThat(processes.launches("trainer")).isEqualTo(1);
        assertThat(processes.events).containsSubsequence("gave up trainer", "terminate broker", "ended broker");
        assertThat(supervisor.stopped())
                .failsWithin(Duration.ZERO)
                .withThrowableThat()
                .withMessageContaining("trainer ended with exit status 2: see its log; its log is trainer.log");
    }

    @Test
    void shouldKillAndRetryWhatIsNotReadyInTime() {
        processes.process("registry");
        processes.unhealthy.add("registry");
        Supervisor supervisor = processes.supervisor();
        ticks(supervisor, 3);

        processes.pass(Duration.ofSeconds(31));
        ticks(supervisor, 1);

        assertThat(processes.events).contains("kill registry");
        assertThat(supervisor.statuses().get(0).detail()).contains("was not ready after 30 s (warms up)");
    }

    @Test
    void shouldTreatAFailedReadyActionAsDeath() {
        processes.process("broker");
        processes.readyFailures.put("broker", new IllegalStateException("topic pairs.crawled is incompatible"));
        Supervisor supervisor = processes.supervisor();

        ticks(supervisor, 4);

        assertThat(processes.events).contains("kill broker").doesNotContain("ready broker");
        assertThat(supervisor.statuses().get(0).detail())
                .isEqualTo("could not be made ready: topic pairs.crawled is incompatible");
    }

    @Test
    void shouldSayWhyALaunchFailed() {
        processes
                .process("broker")
                .policy(new RestartPolicy(0, 0, Duration.ofMinutes(1), Duration.ofSeconds(1), Duration.ofSeconds(1)));
        processes.refusedLaunches.add("broker");
        Supervisor supervisor = processes.supervisor();

        ticks(supervisor, 2);

        assertThat(supervisor.stopped())
                .failsWithin(Duration.ZERO)
                .withThrowableThat()
                .withMessageContaining("broker could not be launched: no such program");
    }

    @Test
    void shouldStopInReverseOrder() {
        Supervisor supervisor = ready(
                processes.process("broker").process("registry", "broker").process("ingest", "broker", "registry"));
        processes.events.clear();

        supervisor.requestStop();
        ticks(supervisor, 10);

        assertThat(processes.events)
                .containsExactly(
                        "terminate ingest",
                        "ended ingest",
                        "terminate registry",
                        "ended registry",
                        "terminate broker",
                        "ended broker");
        assertThat(supervisor.stopped()).isCompleted();
    }

    @Test
    void shouldKillWhatDoesNotEndInTime() {
        Supervisor supervisor = ready(processes.process("broker").process("ingest", "broker"));
        processes.deafToTerminate.add("ingest");
        supervisor.requestStop();
        ticks(supervisor, 3);
        List<String> beforeTheLimit = List.copyOf(processes.events);

        processes.pass(Duration.ofSeconds(6));
        ticks(supervisor, 5);

        assertThat(beforeTheLimit).doesNotContain("kill ingest", "terminate broker");
        assertThat(processes.events).containsSubsequence("kill ingest", "ended ingest", "terminate broker");
    }

    @Test
    void shouldStopSomeAndKeepTheRest() {
        Supervisor supervisor = ready(processes
                .process("broker")
                .process("registry", "broker")
                .process("trainer", "registry")
                .process("inference", "registry"));

        supervisor.requestStop(List.of("trainer", "inference"));
        ticks(supervisor, 5);

        assertThat(statuses(supervisor)).containsExactly("READY", "READY", "STOPPED", "STOPPED");
        assertThat(supervisor.stopped()).isNotDone();
    }

    @Test
    void shouldNotStartAgainWhatWasStopped() {
        Supervisor supervisor = ready(processes.process("broker").process("trainer", "broker"));
        supervisor.requestStop(List.of("trainer"));

        ticks(supervisor, 5);
        processes.pass(Duration.ofMinutes(1));
        ticks(supervisor, 5);

        assertThat(processes.launches("trainer")).isEqualTo(1);
    }

    @Test
    void shouldStopWhatIsStillStarting() {
        processes.process("broker").process("registry", "broker");
        processes.unhealthy.add("broker");
        Supervisor supervisor = processes.supervisor();
        ticks(supervisor, 3);

        supervisor.requestStop();
        ticks(supervisor, 5);

        assertThat(processes.events).containsExactly("launch broker", "terminate broker", "ended broker");
        assertThat(supervisor.allReady()).isCompletedExceptionally();
        assertThat(supervisor.stopped()).isCompleted();
    }

    @Test
    void shouldRefuseAnOrderThatCannotBe() {
        processes.process("ingest", "broker").process("broker");

        assertThatThrownBy(processes::supervisor)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("ingest starts after [broker]");
    }

    private static Supervisor ready(FakeProcesses processes) {
        Supervisor supervisor = processes.supervisor();
        ticks(supervisor, 12);
        if (!supervisor.allReady().isDone()) {
            throw new IllegalStateException("not ready: " + supervisor.statuses());
        }
        return supervisor;
    }

    private static void ticks(Supervisor supervisor, int count) {
        for (int tick = 0; tick < count; tick++) {
            supervisor.tick();
        }
    }

    private static List<String> statuses(Supervisor supervisor) {
        return supervisor.statuses().stream()
                .map(status -> (status.state() + " " + status.detail()).strip())
                .toList();
    }
}
