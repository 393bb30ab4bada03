//! Ranges of the schedules.

use super::super::schema::ScheduleConfig;
use super::Checks;

pub(super) fn check(schedule: &ScheduleConfig, checks: &mut Checks) {
    let key = |name: &str| format!("training.schedule.{name}");
    match schedule {
        ScheduleConfig::Constant => {}
        ScheduleConfig::Step(step) => {
            checks.at_least(1, &key("step.every"), step.every);
            let is_valid = step.factor > 0.0 && step.factor <= 1.0;
            checks.require(
                is_valid,
                &key("step.factor"),
                step.factor,
                "above 0 and at most 1",
            );
        }
        ScheduleConfig::Cosine(cosine) => {
            checks.not_negative(&key("cosine.warm-up"), cosine.warm_up);
            checks.at_most_1(&key("cosine.end"), cosine.end);
        }
        ScheduleConfig::OneCycle(cycle) => {
            checks.share(&key("one-cycle.warm-up"), cycle.warm_up);
            checks.at_most_1(&key("one-cycle.start"), cycle.start);
            checks.at_most_1(&key("one-cycle.end"), cycle.end);
        }
        ScheduleConfig::Exponential(exponential) => {
            for (name, share) in [("start", exponential.start), ("end", exponential.end)] {
                let is_valid = share > 0.0 && share <= 1.0;
                let key = key(&format!("exponential.{name}"));
                checks.require(is_valid, &key, share, "above 0 and at most 1");
            }
        }
    }
}
