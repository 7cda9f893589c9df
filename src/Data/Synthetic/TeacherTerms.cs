namespace Dlrm.Data.Synthetic;

/// <summary>The parts of a teacher's logit, without the bias.</summary>
internal struct TeacherTerms
{
    /// <summary>⟨u, v⟩.</summary>
    internal double Dense;

    /// <summary>Σ_t β[t]·⟨v, E_t⟩.</summary>
    internal double FirstOrder;

    /// <summary>Σ_{s&lt;t} α[s]·α[t]·⟨E_s, E_t⟩.</summary>
    internal double Pairs;
}
