using Dlrm.CommandLine.Hosting;

return await Application.RunAsync(args, Console.Out, Console.Error, handleSignals: true).ConfigureAwait(false);
