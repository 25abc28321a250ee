export default {
  order: 80,
  group: 'file',
  title: 'planning and crossing: 100,000 compressed chunks of 64 KiB in HDF5, the whole array, with a new handle',
  reference: 'plan-gzip.h5',
  data: 'plan-gzip.h5',
  shape: [800, 1600, 1280],
  selections: [[null, null, null]],
  rounds: 3,
  contenders: { 'posix-par': { use: 'posix-par-planning', measuresItself: true } },
  targets: [
    { of: 'posix-par', metric: 'planShare', atMost: 0.05 },
    { of: 'posix-par', metric: 'laterPlanShare', atMost: 0.05 },
  ],
};
