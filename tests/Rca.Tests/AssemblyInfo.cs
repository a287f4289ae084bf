// Live handles, threads, seeds and gradient modes belong to the process: the tests look at them one at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
