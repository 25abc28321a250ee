export default {
  order: 81,
  group: 'file',
  title: 'planning and crossing: 100,000 raw tiles of 16 KiB, the whole array, with a new handle',
  reference: 'plan-tiles',
  data: 'plan-tiles',
  shape: [800, 800, 640],
  selections: [[null, null, null]],
  rounds: 5,
  contenders: { 'posix-par': { use: 'posix-par-planning', measuresItself: true } },
  targets: [
    { of: 'posix-par', metric: 'planShare', atMost: 0.15 },
    { of: 'posix-par', metric: 'laterPlanShare', atMost: 0.15 },
  ],
};
