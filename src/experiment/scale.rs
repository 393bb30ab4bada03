#![doc = include_str!("scale.md")]

#[cfg(test)]
mod tests {
    use std::cmp::Reverse;
    use std::collections::BinaryHeap;

    /// Seconds of eight of the 64 runs of a sweep, evenly chosen from the shortest to the longest, as their `run.json` say.
    const MEASURED: [f64; 8] = [0.166, 0.175, 0.18, 0.185, 0.19, 0.195, 0.207, 0.22];

    /// What a point or a task takes besides its run, in seconds.
    #[derive(Clone, Copy)]
    struct Costs {
        /// Of the controller alone, one task after another: to begin and to end it.
        controller: f64,
        /// On the node, for a task: its daemons, the script.
        task: f64,
        /// On the node, for a point: a process that begins and ends.
        point: f64,
        /// Of the file system alone, one point after another.
        file_system: f64,
    }

    /// The page says where they are from.
    const COSTS: Costs = Costs {
        controller: 0.0025,
        task: 0.48,
        point: 0.02,
        file_system: 75.0 / 10_000.0,
    };

    /// Of the whole, in seconds.
    struct Times {
        ideal: f64,
        whole: f64,
        controller: f64,
        file_system: f64,
    }

    /// Cores that are given tasks of so many points, by one controller, beside one file system. Every point takes one of the measured
    /// times, in turn, as many times longer as is said.
    fn simulate(
        points: usize,
        cores: usize,
        points_per_task: usize,
        longer: f64,
        costs: Costs,
    ) -> Times {
        // Whole microseconds have an order.
        let ticks = |seconds: f64| (seconds * 1e6) as u64;
        let seconds = |point: usize| longer * MEASURED[point % MEASURED.len()];
        let computes = |point: usize| ticks(costs.point + seconds(point));
        let mut next = 0;
        let (mut controller, mut file_system) = (0, 0);
        // When a core has computed a point, which one that is, and where its task ends; at first none.
        let mut events: BinaryHeap<Reverse<(u64, usize, usize)>> =
            (0..cores).map(|_| Reverse((0, 0, 0))).collect();
        let mut whole = 0;
        while let Some(Reverse((mut now, point, end))) = events.pop() {
            if end > 0 {
                file_system = now.max(file_system) + ticks(costs.file_system);
                now = file_system;
                whole = whole.max(now);
                if point + 1 < end {
                    events.push(Reverse((now + computes(point + 1), point + 1, end)));
                    continue;
                }
            }
            if next < points {
                controller = now.max(controller) + ticks(costs.controller);
                let begun = controller + ticks(costs.task);
                let end = points.min(next + points_per_task);
                events.push(Reverse((begun + computes(next), next, end)));
                next = end;
            }
        }
        Times {
            ideal: (0..points).map(seconds).sum::<f64>() / cores as f64,
            whole: whole as f64 / 1e6,
            controller: points.div_ceil(points_per_task) as f64 * costs.controller,
            file_system: points as f64 * costs.file_system,
        }
    }

    /// A row of the page: how long a run is, how many a task runs, and what becomes of it.
    fn row(mean: f64, points_per_task: usize) -> (String, f64) {
        let of_measured = MEASURED.iter().sum::<f64>() / MEASURED.len() as f64;
        let times = simulate(100_000, 1_000, points_per_task, mean / of_measured, COSTS);
        let busy = |seconds: f64| 100.0 * seconds / times.whole;
        let times_ideal = times.whole / times.ideal;
        let row = format!(
            "| {mean} s | {points_per_task} | {:.0} s | {:.0} s | {times_ideal:.2} | {:.0} % | {:.0} % |",
            times.ideal,
            times.whole,
            busy(times.controller),
            busy(times.file_system),
        );
        (row, times_ideal)
    }

    /// Every row of the table is computed here.
    #[test]
    fn the_page_says_what_the_simulation_finds() {
        let page = include_str!("scale.md");
        for (mean, points_per_task) in [
            (1, 1),
            (1, 20),
            (10, 1),
            (10, 20),
            (60, 1),
            (60, 20),
            (600, 1),
            (600, 20),
        ] {
            let (row, _) = row(f64::from(mean), points_per_task);
            assert!(page.contains(&row), "not on the page: {row}");
        }
    }

    /// One core and nothing beside the runs: the ideal. One of a kind that is always busy: its own time.
    #[test]
    fn the_simulation_is_right_where_that_is_known() {
        let nothing = Costs {
            controller: 0.0,
            task: 0.0,
            point: 0.0,
            file_system: 0.0,
        };
        let times = simulate(80, 1, 3, 1.0, nothing);
        assert!((times.whole - times.ideal).abs() < 1e-3);
        let slow = Costs {
            controller: 1.0,
            ..nothing
        };
        let times = simulate(1_000, 1_000, 1, 1.0, slow);
        assert!((times.whole - 1_000.0).abs() < 1.0, "{}", times.whole);
        let slow = Costs {
            file_system: 1.0,
            ..nothing
        };
        let times = simulate(1_000, 1_000, 10, 1.0, slow);
        assert!((times.whole - 1_000.0).abs() < 1.0, "{}", times.whole);
    }
}
