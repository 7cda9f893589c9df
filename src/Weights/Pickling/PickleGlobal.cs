namespace Dlrm.Weights.Pickling;

/// <summary>A class or function that a pickle names; never looked up, never called.</summary>
/// <param name="Name">"module.name".</param>
internal sealed record PickleGlobal(string Name);
